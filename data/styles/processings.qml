<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<!-- Mapflow: areas of processings by status -->
<qgis version="3.16.0" styleCategories="Symbology">
  <renderer-v2 type="RuleRenderer" symbollevels="0" enableorderby="0" forceraster="0">
    <rules key="{processings}">
      <rule key="{processings-0}" symbol="0" filter="&quot;status&quot; = 'OK'" label="Done"/>
      <rule key="{processings-1}" symbol="1" filter="&quot;status&quot; = 'IN_PROGRESS'" label="Running"/>
      <rule key="{processings-2}" symbol="2" filter="&quot;status&quot; IN ('UNPROCESSED', 'AWAITING')" label="Waiting"/>
      <rule key="{processings-3}" symbol="3" filter="&quot;status&quot; = 'FAILED'" label="Failed"/>
      <rule key="{processings-4}" symbol="4" filter="&quot;status&quot; IN ('CANCELLED', 'REFUNDED')" label="Cancelled or refunded"/>
      <rule key="{processings-5}" symbol="5" filter="ELSE" label="Other"/>
    </rules>
    <symbols>
      <symbol type="fill" name="0" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="90,170,90,90"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="44,120,50,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.5"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="1" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="80,150,220,90"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="30,94,170,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.5"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="2" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="240,200,90,90"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="170,130,20,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.5"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="3" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="214,70,60,90"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="150,24,20,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.5"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="4" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="170,170,170,90"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="100,100,100,255"/>
        <prop k="outline_style" v="dash"/>
        <prop k="outline_width" v="0.5"/>
        <prop k="outline_width_unit" v="MM"/>
       </layer>
      </symbol>
      <symbol type="fill" name="5" alpha="1" clip_to_extent="1">
       <layer class="SimpleFill" enabled="1" locked="0" pass="0">
        <prop k="color" v="0,0,0,0"/>
        <prop k="style" v="solid"/>
        <prop k="outline_color" v="100,100,100,255"/>
        <prop k="outline_style" v="solid"/>
        <prop k="outline_width" v="0.5"/>
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
