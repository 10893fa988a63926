<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Mapflow results: tree crowns (points) by height -->
<qgis version="3.16.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="{crowns}">
      <rule key="{crowns-0}" symbol="0" filter='"max_height" &lt;= 4' label="up to 4 m"/>
      <rule key="{crowns-1}" symbol="1" filter='"max_height" &gt; 4 AND "max_height" &lt;= 10' label="4 to 10 m"/>
      <rule key="{crowns-2}" symbol="2" filter='"max_height" &gt; 10' label="above 10 m"/>
      <rule key="{crowns-3}" symbol="3" filter="ELSE" label="Tree"/>
    </rules>
    <symbols>
      <symbol type="marker" name="0" alpha="1" clip_to_extent="1">
       <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
        <prop k="name" v="circle"/>
        <prop k="color" v="176,212,120,200"/>
        <prop k="size" v="1.2"/>
        <prop k="size_unit" v="MM"/>
        <prop k="outline_color" v="90,130,50,255"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="marker" name="1" alpha="1" clip_to_extent="1">
       <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
        <prop k="name" v="circle"/>
        <prop k="color" v="104,170,84,200"/>
        <prop k="size" v="2.0"/>
        <prop k="size_unit" v="MM"/>
        <prop k="outline_color" v="54,108,40,255"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="marker" name="2" alpha="1" clip_to_extent="1">
       <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
        <prop k="name" v="circle"/>
        <prop k="color" v="34,108,56,200"/>
        <prop k="size" v="2.8"/>
        <prop k="size_unit" v="MM"/>
        <prop k="outline_color" v="14,64,30,255"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="marker" name="3" alpha="1" clip_to_extent="1">
       <layer class="SimpleMarker" enabled="1" locked="0" pass="0">
        <prop k="name" v="circle"/>
        <prop k="color" v="130,180,110,200"/>
        <prop k="size" v="1.6"/>
        <prop k="size_unit" v="MM"/>
        <prop k="outline_color" v="70,110,60,255"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerOpacity>1</layerOpacity>
  <layerGeometryType>0</layerGeometryType>
</qgis>
