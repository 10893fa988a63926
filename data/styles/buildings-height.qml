<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Mapflow results: buildings by height -->
<qgis version="3.16.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="{buildings-height}">
      <rule key="{buildings-height-0}" symbol="0" filter='"building_height" &lt;= 3' label="up to 3 m"/>
      <rule key="{buildings-height-1}" symbol="1" filter='"building_height" &gt; 3 AND "building_height" &lt;= 6' label="3 to 6 m"/>
      <rule key="{buildings-height-2}" symbol="2" filter='"building_height" &gt; 6 AND "building_height" &lt;= 10' label="6 to 10 m"/>
      <rule key="{buildings-height-3}" symbol="3" filter='"building_height" &gt; 10 AND "building_height" &lt;= 20' label="10 to 20 m"/>
      <rule key="{buildings-height-4}" symbol="4" filter='"building_height" &gt; 20 AND "building_height" &lt;= 40' label="20 to 40 m"/>
      <rule key="{buildings-height-5}" symbol="5" filter='"building_height" &gt; 40' label="above 40 m"/>
      <rule key="{buildings-height-6}" symbol="6" filter="ELSE" label="no height"/>
    </rules>
    <symbols>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="255,240,200,210"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="120,110,90,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="1" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="253,212,140,210"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="120,96,60,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="2" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="250,170,96,210"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="120,74,40,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="3" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="230,112,66,210"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="110,48,30,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="4" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="186,56,58,210"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="90,24,28,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="5" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="110,20,60,210"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="60,8,32,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="6" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="255,255,255,90"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="140,140,140,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.2"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
    </symbols>
  </renderer-v2>
  <blendMode>0</blendMode>
  <featureBlendMode>0</featureBlendMode>
  <layerOpacity>1</layerOpacity>
  <layerGeometryType>2</layerGeometryType>
</qgis>
